"""People who sign in, their posts at units, sessions, devices and one-time links."""
