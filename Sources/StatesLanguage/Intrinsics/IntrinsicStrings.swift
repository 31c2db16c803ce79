import JSON

// Format, StringToJson, StringSplit, JsonMerge.
extension IntrinsicFunction {
    /// Puts the other arguments in the place of each `{}`; a backslash takes away the meaning of
    /// what follows it.
    static func format(_ arguments: IntrinsicArguments) throws(IntrinsicFailure) -> String {
        let template = Array(try arguments.string(0).unicodeScalars)
        var values = arguments.values.dropFirst()
        var result = String.UnicodeScalarView()
        var at = 0
        while at < template.count {
            let scalar = template[at]
            let next = at + 1 < template.count ? template[at + 1] : nil
            switch (scalar, next) {
            case ("\\", let next?):
                if !isEscapable(next) { result.append(scalar) }
                result.append(next)
                at += 2
            case ("\\", nil):
                throw IntrinsicFailure(message: "The template ends with an open escape")
            case ("{", "}"):
                guard let value = values.popFirst() else {
                    throw IntrinsicFailure(
                        message: "The template has more {} than there are arguments")
                }
                result.append(
                    contentsOf: (value.string ?? value.serialized()).unicodeScalars)
                at += 2
            case ("{", _), ("}", _):
                throw IntrinsicFailure(message: "A brace of the template is not escaped")
            default:
                result.append(scalar)
                at += 1
            }
        }
        guard values.isEmpty else {
            throw IntrinsicFailure(message: "There are more arguments than {} in the template")
        }
        return String(result)
    }

    /// The text of a quoted string; other characters than `'{}\` keep a backslash before them.
    static func unescaped(_ raw: String) -> String {
        guard raw.utf8.contains(UInt8(ascii: "\\")) else { return raw }
        var text = String.UnicodeScalarView()
        var isEscape = false
        for scalar in raw.unicodeScalars {
            if scalar == "\\", !isEscape {
                isEscape = true
                continue
            }
            if isEscape, !isEscapable(scalar) { text.append("\\") }
            text.append(scalar)
            isEscape = false
        }
        return String(text)
    }

    private static func isEscapable(_ scalar: Unicode.Scalar) -> Bool {
        scalar == "'" || scalar == "{" || scalar == "}" || scalar == "\\"
    }

    /// The JSON in a text; null for a blank one, as AWS answers.
    static func parse(_ text: String) throws(IntrinsicFailure) -> JSON {
        if text.utf8.allSatisfy({ $0 == 0x20 || (0x09...0x0D).contains($0) }) { return .null }
        do {
            return try JSON(parsing: text)
        } catch {
            throw IntrinsicFailure(message: "The argument is not JSON: \(error)")
        }
    }

    /// Splits at every character of the second argument; empty pieces are left out.
    static func split(_ arguments: IntrinsicArguments) throws(IntrinsicFailure) -> JSON {
        let text = try arguments.string(0).unicodeScalars
        let delimiters = Set(try arguments.string(1).unicodeScalars)
        return .array(
            text.split { delimiters.contains($0) }.map { .string(String(Substring($0))) })
    }

    /// The members of both objects, of equal names the second's; not deep, which AWS lacks too.
    static func merge(_ arguments: IntrinsicArguments) throws(IntrinsicFailure) -> JSON {
        var merged = try arguments.object(0)
        let second = try arguments.object(1)
        guard arguments[2].bool == false else {
            throw IntrinsicFailure(
                message: "Argument 3 must be false: only shallow merging is supported")
        }
        for (name, value) in second { merged[name] = value }
        return .object(merged)
    }
}
