"""Intake: files to Engagement."""
