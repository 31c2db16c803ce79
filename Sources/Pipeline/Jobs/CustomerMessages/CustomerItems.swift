import JSON
import LambdaRuntime
import Stores
import Synchronization
import System

/// Keeps one item per customer in a table, beside the messages and at the same time.
///
/// | attribute | is |
/// |---|---|
/// | `customer_reference` | the key, a string |
/// | `number_of_orders`, `total_amount_spent` | as in the message; numbers, exact |
/// | `file_set`, `run` | who wrote it |
/// | `run_order`, `run_order_all` | the version of the run, ``RunOrder`` |
///
/// The run that was started last has the last word, however late another one writes: an item with a
/// newer `run_order` stays. A redrive keeps the start of its execution, so it writes the very same
/// items. A customer that a later set lacks keeps its item.
///
/// A group of items is written on a thread of its own while the next is gathered, so there are two in
/// memory at most. After each group a checkpoint is kept, by which another attempt goes on.
final class CustomerItems {
    /// Items between two checkpoints.
    static let groupItems = 1000
    static let orderAttribute = "run_order"

    private let table: any ItemTable
    private let run: Run
    private let layout: ItemLayout
    private let checkpointName: String
    /// Items that are in the table for certain from an attempt before.
    private let alreadyWritten: Int
    private(set) var count = 0
    /// Of them, how many there were of newer runs.
    private(set) var newer = 0
    private var group = Group()
    private var writing: Writing?

    /// - Throws: ``StepError`` `Sluice.BadEvent` when the start time is not one.
    init(_ table: any ItemTable, _ task: StageTask) throws {
        let run = task.run
        self.table = table
        self.run = run
        layout = try Self.layout(
            startMilliseconds: run.startMilliseconds(), executionName: run.name)
        checkpointName = "checkpoints/\(RunStorage.number(task.index))-items.json"
        let checkpoint = try run.storage.getIfThere(checkpointName)
        let isOfThisTable = checkpoint?["table"]?.string == table.name
        alreadyWritten = isOfThisTable ? checkpoint?["written"]?.int ?? 0 : 0
        newer = isOfThisTable ? checkpoint?["newer"]?.int ?? 0 : 0
    }

    func append(_ customer: CustomerJoin.Customer) throws {
        count += 1
        if count <= alreadyWritten { return }
        var amount: [UInt8] = []
        // DynamoDB's 38 digits hold it: the join lets no other pass.
        Amount.write(customer.amount, scale: customer.scale, to: &amount)
        group.count += 1
        ItemRow.append(customer.reference, to: &group.rows)
        ItemRow.append(String(customer.orders).utf8, to: &group.rows)
        ItemRow.append(amount, to: &group.rows)
        ItemRow.append(run.fileSet.utf8, to: &group.rows)
        ItemRow.append(String(run.number).utf8, to: &group.rows)
        if group.count == Self.groupItems { try write() }
    }

    static func layout(startMilliseconds: Int, executionName: String) -> ItemLayout {
        let columns = [
            ItemColumn("customer_reference"), ItemColumn("number_of_orders", .number),
            ItemColumn("total_amount_spent", .number), ItemColumn("file_set"),
            ItemColumn("run", .number),
        ]
        return ItemLayout(
            key: columns[0].name, columns: columns, mode: .replace,
            order: RunOrder(
                startMilliseconds: startMilliseconds, executionName: executionName,
                attribute: orderAttribute, mode: .replace, columns: columns.dropFirst().map(\.name))
        )
    }

    /// Writes what is left and waits until all is written.
    func finish() throws {
        if group.count > 0 { try write() }
        try complete()
    }

    /// Waits for the group that is under way, whatever becomes of it.
    func wait() {
        writing?.thread.join()
        writing = nil
    }

    private func write() throws {
        try complete()
        writing = Writing(table, layout, group.rows, upTo: count)
        group = Group()
    }

    /// Waits for the group that is under way, and keeps the checkpoint behind it.
    private func complete() throws {
        guard let done = writing else { return }
        wait()
        newer += try done.outcome.value.withLock { $0 }.get().superseded
        try run.storage.put(
            checkpointName,
            ["table": .string(table.name), "written": JSON(done.upTo), "newer": JSON(newer)])
    }

    /// Items that are written together.
    private struct Group {
        var rows: [UInt8] = []
        var count = 0
    }

    /// A group on its way into the table.
    private struct Writing {
        final class Outcome: Sendable {
            let value = Mutex<Result<ItemCounts, StoreError>>(.success(ItemCounts()))
        }

        /// What the count was behind its last item.
        let upTo: Int
        let outcome: Outcome
        let thread: Thread

        init(_ table: any ItemTable, _ layout: ItemLayout, _ rows: [UInt8], upTo count: Int) {
            upTo = count
            let outcome = Outcome()
            self.outcome = outcome
            thread = Thread {
                let result = rows.withUnsafeBytes { rows -> Result<ItemCounts, StoreError> in
                    do throws(StoreError) {
                        return .success(try table.write(rows, layout, nil))
                    } catch { return .failure(error) }
                }
                outcome.value.withLock { $0 = result }
            }
        }
    }
}
