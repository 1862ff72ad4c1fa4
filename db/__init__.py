"""The record: what was imported, planned and checked, by whom and when. Nothing above this room knows SQL."""
