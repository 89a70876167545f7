"""The open benchmark: what a program says of clips whose movement is known, and how right it is."""
