"""What an earlier version wrote, kept so that later versions can be held to it."""
