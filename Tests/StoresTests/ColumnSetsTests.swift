import JSON
import Stores
import Synchronization
import Testing

@Suite struct ColumnSetsTests {
    let table = MemoryTable()

    @Test func `columns are kept once and found by whoever meets their hash`() throws {
        let sets = ColumnSets(table, partition: "TABLE#t")
        let hash = try sets.add(["b", "a"])
        #expect(try sets.add(["a", "b"]) == hash)
        #expect(
            table.items.withLock { $0 } == [
                TableKey("TABLE#t", "columns#" + hash): ["columns": #"["a","b"]"#]
            ])
        #expect(sets.known == [hash: ["a", "b"]])
        let others = ColumnSets(table, partition: "TABLE#t")
        #expect(others.known.isEmpty)
        #expect(try others.columns(ofHash: hash) == ["a", "b"])
        #expect(others.known == [hash: ["a", "b"]])
        #expect(try others.columns(ofHash: "00000000") == nil)
        #expect(try ColumnSets(table, partition: "TABLE#u").columns(ofHash: hash) == nil)
    }

    @Test func `two sets of columns with one hash are an error`() throws {
        let hash = RunOrder.hash(ofColumns: ["a"])
        table.items.withLock { $0[TableKey("t", "columns#" + hash)] = ["columns": #"["z"]"#] }
        let sets = ColumnSets(table, partition: "t")
        let failure = #expect(throws: StoreError.self) { try sets.add(["a"]) }
        #expect(failure?.code == .columnsCollide)
        // Names that do not have that hash are not believed.
        #expect(try sets.columns(ofHash: hash) == nil)
    }
}
