public import CSV
public import JSON
import LambdaRuntime

/// Files in, through `validate`, `parse-chunk` and `seal`, then stages of the job's own.
///
/// A job is a type with static members in one folder of `Jobs/`, and one line in ``Jobs/all``. What it
/// declares are plain values; state machine, template, local cloud and command line are made from them.
/// What it does are the functions below, each called once per invocation: the loops over records are
/// the job's own, concrete and inlined.
///
/// A job's columns and the settings of a run are JSON that the skeleton stores and hands back without
/// looking into it.
public protocol Job: Sendable {
    /// Names the state machine, the folder of the work bucket and what `--job` takes.
    static var name: String { get }
    /// What goes in and comes out, as one sentence without a full stop.
    static var summary: String { get }
    /// The files of a set: three for a join, one for a job that takes any CSV file.
    static var inputs: [JobInput] { get }
    /// Which objects of the drop bucket are its files.
    static var intake: Intake { get }
    /// What a user may set.
    static var options: [JobOption] { get }
    /// The queues, tables and buckets that it writes to.
    static var resources: [JobResource] { get }
    /// The work after all files are sealed, in order.
    static var stages: [Stage] { get }
    /// What people are told of a finished run.
    static var outcome: OutcomeWords { get }

    /// Finds the job's columns in a header, and decides all that the run is told: called by `validate`.
    /// - Returns: what ``parse(_:_:_:)`` is handed back as ``FilePlan/columns``.
    /// - Throws: ``StepError``, for instance `Sluice.MissingColumn`.
    static func columns(_ header: FileHeader, of run: Run) throws -> JSON
    /// Reads the records of one chunk: called by `parse-chunk`.
    static func parse(
        _ chunk: Chunk, _ reader: inout ChunkReader, _ intake: inout RecordIntake
    ) throws -> ParsedChunk
    /// Checks what only all files together can get wrong and cuts the stages into tasks: called by
    /// `seal`.
    /// - Returns: for each stage, what its tasks are told besides what all are told.
    static func plan(_ files: [SealedFile], of run: Run) throws -> [[JSONObject]]
    /// Does one task of a stage: called by the stage's function.
    /// - Returns: the task's report, the same when the task runs again.
    static func work(_ task: StageTask) throws -> JSONObject
    /// Adds up what the stages reported: called by `seal`.
    /// - Parameter reports: for each stage those of its tasks, in order.
    /// - Returns: the members of the summary that are the job's own, and what the stages used.
    static func summarise(
        _ files: [SealedFile], _ reports: [[JSON]], of run: Run
    ) throws -> (summary: JSONObject, usage: StageUsage)
}

extension Job {
    public static var options: [JobOption] { [] }

    /// Whether a run takes one file, which is there when the run starts.
    static var takesOneFile: Bool { inputs.count == 1 }

    /// - Throws: ``StepError`` `Sluice.BadEvent` when the job has no such input.
    static func input(_ name: String) throws(StepError) -> JobInput {
        guard let input = inputs.first(where: { $0.name == name }) else {
            throw StepError(
                errorName: ErrorName.badEvent, cause: "\(Self.name) has no file \(name)")
        }
        return input
    }

    /// - Throws: ``StepError`` `Sluice.BadEvent` when the job has no such stage.
    static func stage(_ name: String) throws(StepError) -> Stage {
        guard let stage = stages.first(where: { $0.name == name }) else {
            throw StepError(
                errorName: ErrorName.badEvent, cause: "\(Self.name) has no stage \(name)")
        }
        return stage
    }

    /// Everything a user may set: the job's own options, and the folder of one that has a folder.
    public static var allOptions: [JobOption] {
        guard case .folder(let folder) = intake else { return options }
        return [JobOption.folder(of: name, folder)] + options
    }
}
