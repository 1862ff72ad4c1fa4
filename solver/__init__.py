"""Engagement in, Plan out. No files, no SQL, no clock but the limits it is handed."""
