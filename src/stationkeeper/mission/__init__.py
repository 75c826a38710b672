"""One run: walks the timeline, flies the legs, books the ledgers, answers the questions."""
