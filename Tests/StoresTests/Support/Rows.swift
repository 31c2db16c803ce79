import JSON

@testable import Stores

/// Rows for tests, as texts; nil is left out.
enum Rows {
    static func bytes(_ rows: [[String?]]) -> [UInt8] {
        var bytes: [UInt8] = []
        for value in rows.joined() { ItemRow.append(value?.utf8, to: &bytes) }
        return bytes
    }

    static func layout(
        _ columns: [String] = ["id", "n"], start: Int = 1, _ mode: RunOrder.Mode = .merge,
        isOrdered: Bool = true
    ) -> ItemLayout {
        let order = RunOrder(
            startMilliseconds: start, executionName: "run-\(start)", mode: mode,
            columns: Array(columns.dropFirst()))
        return ItemLayout(
            key: columns[0], columns: columns.map { ItemColumn($0) }, mode: mode,
            order: isOrdered ? order : nil)
    }
}

extension ItemTable {
    func write(
        _ rows: [[String?]], _ layout: ItemLayout, _ columnSets: ColumnSets? = nil
    ) throws(StoreError) -> ItemCounts {
        let result = Rows.bytes(rows).withUnsafeBytes { bytes -> Result<ItemCounts, StoreError> in
            do throws(StoreError) {
                return .success(try write(bytes, layout, columnSets))
            } catch { return .failure(error) }
        }
        return try result.get()
    }
}
