import JSON

/// Makes wrong and hostile JSON out of good one, the same for the same seed.
struct Mutator {
    var generator: SplitMix
    /// Good values to take parts from.
    let pool: [JSON]

    init(seed: UInt64, pool: [JSON]) {
        generator = SplitMix(state: seed)
        self.pool = pool
    }

    mutating func below(_ count: Int) -> Int { Int.random(in: 0..<count, using: &generator) }
    mutating func pick<Element>(_ elements: [Element]) -> Element {
        elements[below(elements.count)]
    }

    /// `json` with up to four things wrong.
    mutating func mutant(of json: JSON) -> JSON {
        var json = json
        for _ in 0...below(4) { json = mutated(json) }
        return json
    }

    /// A definition that differs where it may: in its expressions and numbers. Mostly it is valid.
    mutating func variant(of json: JSON) -> JSON {
        var json = json
        for _ in 0...below(6) { json = varied(json) }
        return json
    }

    private mutating func varied(_ json: JSON) -> JSON {
        switch json {
        case .array(var elements) where !elements.isEmpty:
            let at = below(elements.count)
            elements[at] = varied(elements[at])
            return .array(elements)
        case .object(var object) where !object.isEmpty:
            let name = pick(object.names)
            object[name] = varied(object[name] ?? .null)
            return .object(object)
        case .string(let text) where text.hasPrefix("States.") || text.hasPrefix("$"):
            let isCall = text.hasPrefix("States.") || below(3) == 0
            return .string(pick(isCall ? Self.calls : Self.paths))
        case .number:
            return pick([0, 1, 2, 3, 40, 1000, 99_999_999, -1, 1_500_000_000_000])
        default: return json
        }
    }

    /// The same with one thing wrong somewhere in it.
    mutating func mutated(_ json: JSON) -> JSON {
        switch json {
        case .array(var elements) where !elements.isEmpty && below(8) > 0:
            let at = below(elements.count)
            switch below(12) {
            case 0: elements.remove(at: at)
            case 1: elements.append(elements[at])
            case 2: elements.swapAt(at, below(elements.count))
            default: elements[at] = mutated(elements[at])
            }
            return .array(elements)
        case .object(var object) where !object.isEmpty && below(8) > 0:
            let name = pick(object.names)
            let value = object[name] ?? .null
            switch below(14) {
            case 0: object[name] = nil
            case 1:
                object[name] = nil
                object[pick(Self.names)] = value
            case 2: object[pick(Self.names)] = pick(Self.hostile)
            default: object[name] = mutated(value)
            }
            return .object(object)
        case .string(let text) where below(3) == 0: return .string(mutated(text))
        default:
            switch below(6) {
            case 0: return part(of: pick(pool))
            case 1: return [json]
            case 2: return .string(json.serialized())
            default: return pick(Self.hostile)
            }
        }
    }

    /// A value from somewhere within `json`.
    private mutating func part(of json: JSON) -> JSON {
        switch json {
        case .array(let elements) where !elements.isEmpty && below(4) > 0: part(of: pick(elements))
        case .object(let object) where !object.isEmpty && below(4) > 0:
            part(of: object[pick(object.names)] ?? .null)
        default: json
        }
    }

    /// A text with some of its characters changed.
    mutating func mutated(_ text: String) -> String {
        var scalars = Array(text.unicodeScalars)
        for _ in 0...below(3) {
            let at = below(scalars.count + 1)
            switch below(4) {
            case 0 where !scalars.isEmpty: scalars.remove(at: min(at, scalars.count - 1))
            case 1: scalars.insert(contentsOf: pick(Self.fragments).unicodeScalars, at: at)
            case 2 where !scalars.isEmpty: scalars.removeSubrange(min(at, scalars.count - 1)...)
            default: scalars.insert(pick(Self.scalars), at: at)
            }
        }
        return String(String.UnicodeScalarView(scalars))
    }

    /// Bytes with some of them changed: mostly no JSON any more.
    mutating func mutated(_ bytes: [UInt8]) -> [UInt8] {
        var bytes = bytes
        for _ in 0...below(3) {
            let at = below(bytes.count + 1)
            switch below(4) {
            case 0 where !bytes.isEmpty: bytes.remove(at: min(at, bytes.count - 1))
            case 1: bytes.insert(UInt8(below(256)), at: at)
            case 2 where !bytes.isEmpty: bytes.removeSubrange(min(at, bytes.count - 1)...)
            default: bytes.insert(contentsOf: Array(pick(Self.fragments).utf8), at: at)
            }
        }
        return bytes
    }

    private static let scalars: [Unicode.Scalar] = [
        "\0", "\n", "\"", "\\", "'", "{", "}", "[", "]", "(", ")", "$", ".", "*", "?", "@", ",",
        ":",
        "-", "0", "9", "\u{7F}", "\u{301}", "\u{FFFE}", "\u{10FFFF}", "é",
    ]
    private static let fragments = [
        "$", "$$", "$..", "[*]", "[?(@.a)]", "[0:", "..*", "States.", "States.Array(", "{}", "'",
        "\\uD800", "\\u0000", "1e999999999999", "null", "]]]]", "[[[[", "\"\"", "{\"a\":",
        ".waitForTaskToken", ".sync:2",
    ]
    private static let names = [
        "Type", "Next", "End", "Default", "Retry", "Catch", "Parameters", "ResultPath", "InputPath",
        "OutputPath", "ResultSelector", "Assign", "Seconds", "SecondsPath", "Timestamp",
        "TimestampPath", "TimeoutSeconds", "TimeoutSecondsPath", "HeartbeatSeconds", "Choices",
        "Branches", "ItemProcessor", "Iterator", "ItemsPath", "ItemSelector", "ItemReader",
        "ItemBatcher", "ResultWriter", "MaxConcurrency", "ToleratedFailurePercentagePath", "Label",
        "QueryLanguage", "a.$", "", "States", "StartAt", "Result", "Error", "CausePath",
    ]

    private static let deep = (0..<240).reduce(JSON.null) { inner, _ in [inner] }
    private static let paths = [
        "$", "$$", "$.a", "$..*", "$..*..*..*", "$[?(@..a == 1)]", "$[0,0,0,-1]", "$[::2]",
        "$[-1:]",
        "$.a.b.c", "$['a','b']", "$$.Map.Item", "$$.Execution.Input", "$.items[*]", "$..a",
        "$[?(@.a in [1, 'x', null] || !(@.b contains 'a') && $.c)]", "$[0]", "$.a[2147483647]",
        "$$.Task.Token", "$$.State.RetryCount",
    ]
    private static let calls = [
        "States.ArrayRange(0, 2147483647, 1)", "States.ArrayRange(2147483647, -2147483648, -1)",
        "States.ArrayRange(0, 999, 1)", "States.MathAdd(2147483647, 2147483647)",
        "States.MathAdd($.a, -1e300)", "States.Format('{}{}', $, $)", "States.Format('\\{}', $)",
        "States.Format('{}', States.JsonToString(States.Array($, $)))", "States.StringToJson($)",
        "States.JsonToString($)", "States.Array($, $, $$)",
        "States.ArrayUnique(States.Array($, $))",
        "States.MathRandom(-2147483648, 2147483647)", "States.MathRandom(1, 2, 1e300)",
        "States.ArrayPartition($, 1)", "States.ArrayPartition($, 2147483647)",
        "States.ArrayGetItem($, -1)", "States.ArrayLength($)", "States.ArrayContains($, $)",
        "States.Base64Decode('====')", "States.Base64Encode('a')", "States.Hash($, 'MD5')",
        "States.UUID()", "States.StringSplit('a,b', '')", "States.JsonMerge($, $, false)",
    ]
    private static let hostile: [JSON] =
        (paths + calls).map { .string($0) }
        + [
            "", "$x", "$states", "$[9999999999]",
            "9999-12-31T23:59:59.999999999Z", "0000-01-01T00:00:00Z", "1970-01-01T00:00:00-23:59",
            "2023-11-14T22:13:21Z", "S", "A", "States.ALL", "States.DataLimitExceeded", "JSONata",
            "arn:aws:states:::lambda:invoke", "arn:aws:states:::lambda:invoke.waitForTaskToken",
            "arn:aws:lambda:us-east-1:000000000000:function:f", "arn:aws:states:::s3:getObject",
            "DISTRIBUTED", "EXPRESS", "CSV", "JSONL", "a/../../b", "\u{0}", "e\u{301}",
            .string(String(repeating: "*a", count: 500)),
            .string(String(repeating: "x", count: 90_000)),
            true, false, .null, [], [:], [[]], ["a": 1], deep, 0, -1, 1, 2_147_483_648,
            JSON(Int.max), JSON(Int.min), .array((0..<3_000).map { JSON($0) }),
        ]
        + [
            "1e400", "-1e-400", "1e9223372036854775807", "1.5", "0.1e1", "99999999", "100000000",
            "123456789012345678901234567890", "-0",
        ].compactMap { JSONNumber($0).map { .number($0) } }
}
