"""What the frontend runs for every page. It stands alone: beside a folder called pages it would be taken for a menu."""

from app import main

main.run()
