"""Live sessions in the browser.

A page sends pictures, a process measures them with the one loop, and what it knows goes back to
the page and to every screen that follows. ``wire.py`` packs what is sent and ``messages.py`` says
what it is, ``live_process.py`` is the process, ``page_display.py`` turns what is known into
messages, ``desk.py`` is the server's side of it and ``followers.py`` the pages'.
``live_answers.py`` answers requests, and ``left_over.py`` finishes what a kill left.
"""
