"""The language of the work: engagements, clearance, continuity, caseloads, plans. No SQL, no OR-Tools, no click."""
