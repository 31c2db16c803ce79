import JSON

/// What a Map works through, in order, and where each item comes from.
struct MapItems: Sendable {
    /// `$$.Map.Item.Source` of what came with the state's input.
    static let stateData = "STATE_DATA"

    private(set) var values: [JSON] = []
    /// The members' names when the items are those of a JSON object, otherwise empty.
    private(set) var keys: [String] = []
    /// Where items come from, from which index on.
    private var sources: [(from: Int, name: String)] = []

    /// Nothing yet; what is added comes from `source` until another is named.
    init(source: String) { sources = [(0, source)] }

    init(_ values: [JSON], source: String) {
        self.init(source: source)
        self.values = values
    }

    /// An array's elements or an object's members; nil when `json` is neither.
    init?(_ json: JSON, source: String) {
        self.init(source: source)
        switch json {
        case .array(let elements): values = elements
        case .object(let object):
            keys = object.names
            values = object.map(\.value)
        default: return nil
        }
    }

    var count: Int { values.count }

    mutating func append(_ value: JSON) { values.append(value) }

    /// Appends what another object held. Members of objects become `{"Key":…,"Value":…}`, since
    /// the items of several objects have no common form.
    mutating func append(_ other: MapItems) {
        sources += other.sources.map { (values.count + $0.from, $0.name) }
        values += other.values.indices.map { other.value(at: $0) }
    }

    /// The first items only.
    mutating func truncate(to count: Int) {
        guard count < values.count else { return }
        values.removeLast(values.count - count)
        if !keys.isEmpty { keys.removeLast(keys.count - count) }
    }

    /// What a child is given without ItemSelector: the item, or an object's member as
    /// `{"Key":…,"Value":…}`.
    func value(at index: Int) -> JSON {
        keys.isEmpty
            ? values[index] : ["Key": .string(keys[index]), "Value": values[index]]
    }

    /// `$$.Map.Item`:
    /// <https://docs.aws.amazon.com/step-functions/latest/dg/input-output-contextobject.html>.
    func context(at index: Int) -> JSON {
        var item: JSONObject = ["Index": JSON(index)]
        if !keys.isEmpty { item["Key"] = .string(keys[index]) }
        item["Value"] = values[index]
        item["Source"] = .string(sources.last { $0.from <= index }?.name ?? Self.stateData)
        return .object(item)
    }
}
