"""The script behind every page: who is looking decides what is drawn."""

from app import frame

frame.run()
