// parse-chunk
