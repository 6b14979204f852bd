"""The second door: a web app on this computer. GET reads the store, POST calls a step."""
