"""Set-up check, plan, cues, advice and sound: the coaching around a set."""
