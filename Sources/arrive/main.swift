// arrive
