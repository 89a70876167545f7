"""The old judging of the old records, until no room reads them; then this folder goes."""
