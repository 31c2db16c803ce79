import Infrastructure
import JSON

/// What refers to what in a template, read from its JSON alone.
struct TemplateGraph {
    let template: JSON
    let resources: JSONObject

    init(_ template: JSON) {
        self.template = template
        resources = template["Resources"]?.object ?? [:]
    }

    func names(_ section: String) -> Set<String> { Set(template[section]?.object?.names ?? []) }

    func resources(of type: String) -> [(name: String, properties: JSON)] {
        resources.filter { $0.value["Type"]?.string == type }.map {
            ($0.name, $0.value["Properties"] ?? .null)
        }
    }

    /// Calls `visit` for a value and all within it.
    static func forEach(in json: JSON, _ visit: (JSON) -> Void) {
        visit(json)
        switch json {
        case .array(let elements): for element in elements { forEach(in: element, visit) }
        case .object(let members): for (_, value) in members { forEach(in: value, visit) }
        default: break
        }
    }

    /// The names that a value refers to: by Ref, GetAtt and Sub.
    static func references(in json: JSON) -> Set<String> {
        var names: Set<String> = []
        forEach(in: json) { value in
            if let name = value["Ref"]?.string { names.insert(name) }
            if let name = value["Fn::GetAtt"]?[0]?.string { names.insert(name) }
            if let sub = value["Fn::Sub"] {
                let own = Set(sub[1]?.object?.names ?? [])
                names.formUnion(
                    placeholders(in: sub.string ?? sub[0]?.string ?? "").subtracting(own))
            }
        }
        return names
    }

    /// `A` and `B` of `${A} ${B.Arn}`.
    static func placeholders(in text: String) -> Set<String> {
        Set(
            text.split(separator: "${", omittingEmptySubsequences: false).dropFirst().map {
                String($0.prefix { $0 != "}" && $0 != "." })
            })
    }

    /// The conditions that a value, or a resource, names.
    static func conditions(in json: JSON) -> Set<String> {
        var names: Set<String> = []
        forEach(in: json) { value in
            if let name = value["Fn::If"]?[0]?.string { names.insert(name) }
            if let name = value["Condition"]?.string { names.insert(name) }
        }
        return names
    }

    /// What a resource waits for.
    func dependencies(of name: String) -> Set<String> {
        guard let resource = resources[name] else { return [] }
        let explicit = (resource["DependsOn"]?.array ?? []).compactMap(\.string)
        return Self.references(in: resource["Properties"] ?? .null).union(explicit)
            .intersection(resources.names)
    }

    /// A circle of dependencies; nil when there is none.
    func circle() -> [String]? {
        var done: Set<String> = []
        func walk(_ name: String, _ path: [String]) -> [String]? {
            if let start = path.firstIndex(of: name) { return Array(path[start...]) + [name] }
            if done.contains(name) { return nil }
            for next in dependencies(of: name).sorted() {
                if let found = walk(next, path + [name]) { return found }
            }
            done.insert(name)
            return nil
        }
        for name in resources.names { if let found = walk(name, []) { return found } }
        return nil
    }
}
