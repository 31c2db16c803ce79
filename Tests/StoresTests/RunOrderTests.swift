import Stores
import Testing

@Suite struct RunOrderTests {
    static let known = [
        RunOrder.hash(ofColumns: ["name", "mail"]): ["mail", "name"],
        RunOrder.hash(ofColumns: ["name", "phone"]): ["name", "phone"],
    ]

    static func order(
        _ start: Int, _ columns: [String] = ["name", "mail"], _ mode: RunOrder.Mode = .merge,
        name: String = "run"
    ) -> RunOrder {
        RunOrder(startMilliseconds: start, executionName: name, mode: mode, columns: columns)
    }

    @Test(arguments: [
        (0, "0000000000000-"), (1_704_448_800_001, "1704448800001-"), (-5, "0000000000000-"),
        (9_999_999_999_999, "9999999999999-"), (Int.max, "9999999999999-"),
    ])
    func `a version is the start in thirteen digits and eight of the name's hash`(
        start: Int, digits: String
    ) {
        // The first digits of SHA-256("run"), computed elsewhere.
        #expect(Self.order(start).version == digits + "acba2551")
    }

    @Test func `versions are told from other texts`() {
        #expect(RunOrder.isVersion(Self.order(1).version))
        for text in [
            "", "1", "0000000000001-acba2551x", "0000000000001-ACBA2551", "000000000001a-acba2551",
            "0000000000001_acba2551", "00000000000001-acba2551", "0000000000001-acba255é",
        ] {
            #expect(!RunOrder.isVersion(text), "\(text)")
        }
    }

    @Test func `the hash of columns depends on the names and not on their order`() {
        let hash = RunOrder.hash(ofColumns: ["b", "a"])
        #expect(hash == RunOrder.hash(ofColumns: ["a", "b"]) && hash.utf8.count == 8)
        #expect(RunOrder.hash(ofColumns: ["ab"]) != hash)
        #expect(RunOrder.hash(ofColumns: ["a", "b", ""]) != hash)
        // One letter in two spellings is two names.
        #expect(
            RunOrder.hash(ofColumns: ["\u{e9}"]) != RunOrder.hash(ofColumns: ["e\u{301}"]))
    }

    @Test(arguments: [
        ("_v", true), ("_v_all", true), ("_v_late", true), ("_v_0123abcd", true), ("_v_", false),
        ("_vx", false), ("_v_0123abc", false), ("_v_0123ABCD", false), ("v", false),
        ("_v_all_", false), ("name", false),
    ])
    func `control attributes are told by their names`(name: String, isControl: Bool) {
        #expect(Self.order(1).isControl(name) == isControl)
    }

    @Test func `an order that was written down comes back`() throws {
        let order = Self.order(7)
        let again = RunOrder(
            version: order.version, attribute: "_v", mode: .merge, columnsHash: order.columnsHash)
        #expect(again == order)
        #expect(
            RunOrder(
                version: "7", attribute: "_v", mode: .merge, columnsHash: order.columnsHash) == nil)
        #expect(
            RunOrder(version: order.version, attribute: "_v", mode: .merge, columnsHash: "x") == nil
        )
    }

    /// What a run that was started at 5 does, given an item's control attributes.
    static func decide(
        _ old: [String: String], _ mode: RunOrder.Mode = .merge, attributes: [String] = []
    ) -> RunOrder.Decision {
        order(5, ["name", "mail"], mode).decide(
            old: old, attributes: attributes, key: ["uuid"], columns: ["name", "mail"],
            known: known)
    }
    static let (v3, v5, v7) = (order(3).version, order(5).version, order(7).version)
    static let same = order(1).setAttribute
    static let other = order(1, ["phone", "name"]).setAttribute

    @Test func `without a newer run all is written, by a redrive too`() {
        for mode in [RunOrder.Mode.merge, .replace] {
            #expect(Self.decide([:], mode) == .write)
            #expect(Self.decide(["_v": Self.v3, Self.other: Self.v3], mode) == .write)
            #expect(Self.decide(["_v": Self.v5, Self.same: Self.v5], mode) == .write)
        }
    }

    @Test func `what newer runs cover is not written`() {
        #expect(Self.decide(["_v": Self.v7, Self.same: Self.v7]) == .superseded)
        for mode in [RunOrder.Mode.merge, .replace] {
            #expect(Self.decide(["_v": Self.v7, "_v_all": Self.v7], mode) == .superseded)
        }
    }

    @Test func `a late run writes the columns that no newer one has`() {
        let decision = Self.decide(["_v": Self.v7, Self.other: Self.v7, Self.same: Self.v3])
        #expect(
            decision
                == .partial(
                    .init(columns: ["mail"], remove: [], seen: Self.v7, late: nil, next: "1")))
        // An older replacing run changes nothing in that.
        #expect(
            Self.decide(["_v": Self.v7, Self.other: Self.v7, "_v_all": Self.v3, "_v_late": "41"])
                == .partial(
                    .init(columns: ["mail"], remove: [], seen: Self.v7, late: "41", next: "42")))
    }

    @Test func `a late run that replaces removes what no newer one has`() {
        let attributes = ["uuid", "age", "phone", "mail", "_v", Self.other, "_v_late", "name"]
        #expect(
            Self.decide(
                ["_v": Self.v7, Self.other: Self.v7], .replace, attributes: attributes)
                == .partial(
                    .init(columns: ["mail"], remove: ["age"], seen: Self.v7, late: nil, next: "1")))
        // Even without a column of its own: runs older still must find that it was here.
        #expect(
            Self.decide(["_v": Self.v7, Self.same: Self.v7], .replace, attributes: attributes)
                == .partial(
                    .init(
                        columns: [], remove: ["age", "phone"], seen: Self.v7, late: nil, next: "1"))
        )
    }

    @Test func `a run that has written before newer ones came has nothing to do`() {
        #expect(
            Self.decide(["_v": Self.v7, Self.other: Self.v7, Self.same: Self.v5]) == .done)
        #expect(
            Self.decide(["_v": Self.v7, Self.other: Self.v7, "_v_all": Self.v5], .replace) == .done)
    }

    @Test func `values that are no versions are another program's`() {
        #expect(Self.decide(["_v": "3"]) == .foreignVersion(attribute: "_v", value: "3"))
        // A number, say.
        #expect(Self.decide(["_v": ""]) == .foreignVersion(attribute: "_v", value: ""))
        #expect(
            Self.decide(["_v": Self.v7, "_v_all": "x"])
                == .foreignVersion(attribute: "_v_all", value: "x"))
        #expect(
            Self.decide(["_v": Self.v7, Self.other: Self.v7, "_v_late": "1.5"])
                == .foreignVersion(attribute: "_v_late", value: "1.5"))
    }

    @Test func `hashes that are newer and unknown are asked for, older ones are not`() {
        let old = ["_v": Self.v7, "_v_00000000": Self.v7, "_v_11111111": Self.v3]
        #expect(Self.decide(old) == .unknownColumns(["00000000"]))
    }

    @Test func `two spellings of a letter are two columns`() {
        let (composed, decomposed) = ("\u{e9}", "e\u{301}")
        let newer = Self.order(7, [composed])
        let decision = Self.order(5, [decomposed]).decide(
            old: ["_v": newer.version, newer.setAttribute: newer.version], key: ["uuid"],
            columns: [decomposed], known: [newer.columnsHash: [composed]])
        guard case .partial(let partial) = decision else {
            Issue.record("\(decision)")
            return
        }
        #expect(partial.columns.count == 1)
    }
}
