extension Collection where Element: Equatable {
    /// Where a part first occurs; nil when it does not. By comparison at every place: for short texts.
    ///
    /// Stands in for the standard library's `firstRange(of:)`, which comes with a megabyte of regular
    /// expressions.
    public func firstOccurrence(of part: some Collection<Element>) -> Range<Index>? {
        var start = startIndex
        while true {
            var at = start
            var rest = part.makeIterator()
            var next = rest.next()
            while let wanted = next, at != endIndex, self[at] == wanted {
                formIndex(after: &at)
                next = rest.next()
            }
            if next == nil { return start..<at }
            if start == endIndex { return nil }
            formIndex(after: &start)
        }
    }
}
