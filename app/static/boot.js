// Says when the connection is lost, and leads to the sign-in when the session has ended.
(() => {
  let bad = 0, bar = null, asked = 0;
  const say = (text) => {
    if (!bar) {
      if (!text) return;
      bar = document.createElement("div");
      bar.id = "lost";
      bar.setAttribute("role", "status");
      document.body.append(bar);
    }
    bar.textContent = text;
    bar.hidden = !text;
  };
  const ask = async () => {
    asked = Date.now();
    try {
      const answer = await fetch("/auth/session", { cache: "no-store", credentials: "same-origin" });
      if (answer.status === 401) location.assign("/auth/login?next=" + encodeURIComponent(location.pathname + location.search));
    } catch (error) { /* the server is away: the bar already says so */ }
  };
  setInterval(() => {
    const app = document.querySelector("[data-testid=stApp]");
    const state = app && app.dataset.testConnectionState;
    if (!app || !state || state === "CONNECTED" || state === "STATIC_CONNECTED") {
      if (bad) { bad = 0; say(""); }
      if (Date.now() - asked > 30000 && !document.hidden) ask();
      return;
    }
    bad += 1;
    if (bad < 2) return;
    say("Connection lost. Reconnecting… The figures on screen may be out of date.");
    if (Date.now() - asked > 2500) ask();
  }, 1500);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) ask(); });
})();
