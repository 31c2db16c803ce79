/// One of the shared configuration files, `~/.aws/config` or `~/.aws/credentials`.
///
/// <https://docs.aws.amazon.com/sdkref/latest/guide/file-format.html>
struct SharedConfigurationFile: Hashable {
    /// Settings by section as it is written, `default`, `profile audit` or `services local`. A
    /// setting within a setting has both names: `s3.endpoint_url`. Names are in lower case.
    private(set) var sections: [String: [String: String]] = [:]

    /// A line that cannot be read.
    struct Failure: Error, Hashable {
        /// From 1.
        var line: Int
        var message: String
    }

    init(parsing text: String) throws(Failure) {
        var section: String?
        var outer: String?
        var number = 0
        for line in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline) {
            number += 1
            let isIndented = line.first == " " || line.first == "\t"
            let content = Self.trimmed(line)
            if content.isEmpty || content.hasPrefix("#") || content.hasPrefix(";") { continue }
            if content.hasPrefix("["), !isIndented {
                guard let end = content.firstIndex(of: "]") else {
                    throw Failure(
                        line: number, message: "the section's name has no closing bracket")
                }
                let name = Self.sectionName(content[content.index(after: content.startIndex)..<end])
                section = name
                outer = nil
                sections[name, default: [:]].merge([:]) { $1 }
                continue
            }
            guard let section else {
                throw Failure(line: number, message: "a setting stands before the first section")
            }
            guard let equals = content.firstIndex(of: "=") else {
                // The value of the setting before goes on.
                if isIndented, let outer {
                    sections[section]?[outer, default: ""] += "\n" + content
                    continue
                }
                throw Failure(line: number, message: "this is neither a section nor name = value")
            }
            let name = Self.trimmed(content[..<equals]).lowercased()
            let value = Self.value(content[content.index(after: equals)...])
            if isIndented, let outer {
                sections[section]?["\(outer).\(name)"] = value
            } else {
                outer = name
                sections[section]?[name] = value
            }
        }
    }

    /// `profile "a b"` and `profile  a b` name the same.
    private static func sectionName(_ text: Substring) -> String {
        let words = trimmed(text).split(separator: " ", maxSplits: 1)
        guard words.count == 2 else { return unquoted(trimmed(text)) }
        return "\(words[0]) \(unquoted(trimmed(words[1])))"
    }

    private static func unquoted(_ text: String) -> String {
        text.count >= 2 && text.hasPrefix("\"") && text.hasSuffix("\"")
            ? String(text.dropFirst().dropLast()) : text
    }

    /// Without what a space and a comment sign take away.
    private static func value(_ text: Substring) -> String {
        var previous: Character = " "
        for index in text.indices {
            let character = text[index]
            if character == "#" || character == ";", previous == " " || previous == "\t" {
                return trimmed(text[..<index])
            }
            previous = character
        }
        return trimmed(text)
    }

    private static func trimmed(_ text: Substring) -> String {
        let rest = text.drop { $0 == " " || $0 == "\t" }
        guard let last = rest.lastIndex(where: { $0 != " " && $0 != "\t" }) else { return "" }
        return String(rest[...last])
    }
}
