/// The splitmix64 generator: the same numbers for the same seed.
public struct SplitMix: RandomNumberGenerator {
    private var state: UInt64
    public init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 1 }
    public mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
    public mutating func next(below bound: Int) -> Int { Int(next() % UInt64(bound)) }
    public mutating func one(in count: Int) -> Bool { next(below: count) == 0 }
    public mutating func pick<Element>(_ list: [Element]) -> Element {
        list[next(below: list.count)]
    }
}
