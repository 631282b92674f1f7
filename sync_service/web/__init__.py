"""What the daemon shows over HTTP: that it lives, whether it is ready, and its numbers."""
