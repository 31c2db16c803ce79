/// The pattern of StringMatches: `*` stands for any characters, a backslash takes the meaning from
/// a `*` or backslash after it.
struct StringPattern {
    /// What stands between the `*`s; at least one piece, which may be empty.
    private let pieces: [[Unicode.Scalar]]

    /// Other characters after a backslash stand for themselves, without it.
    init(_ pattern: String) {
        var pieces: [[Unicode.Scalar]] = [[]]
        var isEscape = false
        for scalar in pattern.unicodeScalars {
            if isEscape {
                pieces[pieces.count - 1].append(scalar)
                isEscape = false
            } else if scalar == "\\" {
                isEscape = true
            } else if scalar == "*" {
                pieces.append([])
            } else {
                pieces[pieces.count - 1].append(scalar)
            }
        }
        self.pieces = pieces
    }

    /// Takes each piece where it comes first, so that the time grows with the lengths, not with
    /// their product.
    func matches(_ text: String) -> Bool {
        let text = Array(text.unicodeScalars)
        let first = pieces[0], last = pieces[pieces.count - 1]
        guard pieces.count > 1 else { return text == first }
        guard text.count >= first.count + last.count, text.starts(with: first),
            text.suffix(last.count).elementsEqual(last)
        else { return false }
        let middle = text[..<(text.count - last.count)]
        var at = first.count
        for piece in pieces[1..<pieces.count - 1] where !piece.isEmpty {
            guard let found = SubsequenceSearch(piece).firstIndex(in: middle, from: at) else {
                return false
            }
            at = found + piece.count
        }
        return true
    }
}

/// Finds one sequence within another, after Knuth, Morris and Pratt: in linear time.
struct SubsequenceSearch<Element: Equatable> {
    private let part: [Element]
    /// By length of what has matched: the longest proper prefix of it that is its suffix, too.
    private let fallback: [Int]

    init(_ part: [Element]) {
        self.part = part
        var fallback = [0, 0]
        fallback.reserveCapacity(part.count + 1)
        var matched = 0
        for element in part.dropFirst() {
            while matched > 0, part[matched] != element { matched = fallback[matched] }
            if part[matched] == element { matched += 1 }
            fallback.append(matched)
        }
        self.fallback = fallback
    }

    /// The first index of the part at or behind `start`; nil when there is none.
    func firstIndex(in text: some RandomAccessCollection<Element>, from start: Int) -> Int? {
        if part.isEmpty { return start }
        var matched = 0
        var at = start
        for element in text.dropFirst(start) {
            while matched > 0, part[matched] != element { matched = fallback[matched] }
            if part[matched] == element { matched += 1 }
            at += 1
            if matched == part.count { return at - matched }
        }
        return nil
    }
}
