extension Command {
    /// Tells flags from operands.
    ///
    /// `--flag VALUE` and `--flag=VALUE` mean the same; what follows `--` is operands; `-` is one.
    /// - Throws: ``CommandError`` with ``ExitCode/usage``.
    func parse(_ words: [String]) throws -> Arguments {
        var arguments = Arguments()
        var rest = words[...]
        while let word = rest.popFirst() {
            if word == "--" {
                arguments.operands += rest
                break
            }
            guard word.hasPrefix("-"), word != "-" else {
                arguments.operands.append(word)
                continue
            }
            let sides = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let name = String(sides[0])
            guard let flag = flags.first(where: { $0.name == name }) else {
                throw CommandError.usage(
                    "\(self.name) has no flag \(name)"
                        + suggestion(for: name, among: flags.map(\.name) + ["--help"]))
            }
            if arguments.has(name), !flag.isRepeatable {
                throw CommandError.usage("\(name) is given twice")
            }
            if flag.value == nil {
                guard sides.count == 1 else {
                    throw CommandError.usage("\(name) takes no value")
                }
                arguments.append("", for: name)
            } else if sides.count == 2 {
                arguments.append(String(sides[1]), for: name)
            } else if let value = rest.popFirst() {
                arguments.append(value, for: name)
            } else {
                throw CommandError.usage("\(name) needs a value: \(name) \(flag.value ?? "")")
            }
        }
        guard operandCount.contains(arguments.operands.count) else {
            throw CommandError.usage(
                arguments.operands.count < operandCount.lowerBound
                    ? "\(name) needs \(operands)"
                    : "\(name) takes no '\(arguments.operands[operandCount.upperBound])'")
        }
        return arguments
    }
}

/// `; did you mean …?` when one of the names is near, else nothing.
func suggestion(for word: String, among names: [String]) -> String {
    let nearest = names.map { (name: $0, distance: editDistance(word, $0)) }
        .min { $0.distance < $1.distance }
    guard let nearest, nearest.distance <= max(1, word.count / 3) else { return "" }
    return "; did you mean \(nearest.name)?"
}

/// How many letters have to be added, removed, changed or swapped with the next (Damerau's distance).
func editDistance(_ a: String, _ b: String) -> Int {
    let (a, b) = (Array(a), Array(b))
    var rows = [Array(0...b.count)]
    for i in 0..<a.count {
        var row = [i + 1]
        for j in 0..<b.count {
            var least = min(row[j] + 1, rows[i][j + 1] + 1, rows[i][j] + (a[i] == b[j] ? 0 : 1))
            if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] {
                least = min(least, rows[i - 1][j - 1] + 1)
            }
            row.append(least)
        }
        rows.append(row)
    }
    return rows[a.count][b.count]
}
