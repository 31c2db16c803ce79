import JSON

// ArrayPartition, ArrayRange, ArrayGetItem, ArrayUnique.
extension IntrinsicFunction {
    /// The most elements ArrayRange makes.
    static let rangeElements = 1000

    static func partition(_ arguments: IntrinsicArguments) throws(IntrinsicFailure) -> JSON {
        let elements = try arguments.array(0)
        let size = try arguments.integer(1)
        guard size > 0 else {
            throw IntrinsicFailure(message: "The chunk size must be a positive integer")
        }
        return .array(
            stride(from: 0, to: elements.count, by: size).map {
                .array(Array(elements[$0..<min($0 + size, elements.count)]))
            })
    }

    /// First, last (inclusive) and step.
    static func range(_ arguments: IntrinsicArguments) throws(IntrinsicFailure) -> JSON {
        let first = try arguments.integer(0)
        let last = try arguments.integer(1)
        let step = try arguments.integer(2)
        guard step != 0 else { throw IntrinsicFailure(message: "The step must not be 0") }
        guard (last - first) / step < rangeElements else {
            throw IntrinsicFailure(message: "The range has more than \(rangeElements) elements")
        }
        return .array(stride(from: first, through: last, by: step).map { JSON($0) })
    }

    static func item(_ arguments: IntrinsicArguments) throws(IntrinsicFailure) -> JSON {
        let elements = try arguments.array(0)
        let index = try arguments.integer(1)
        guard elements.indices.contains(index) else {
            throw IntrinsicFailure(
                message: "The index \(index) is outside of the array of \(elements.count) elements")
        }
        return elements[index]
    }

    /// The elements without repetitions, each at its first place.
    static func unique(_ elements: [JSON]) -> [JSON] {
        var seen: Set<JSON> = []
        return elements.filter { seen.insert($0).inserted }
    }
}
