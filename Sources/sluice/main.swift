import Glibc
import System

// Before any thread starts, so that all have it: one thread waits for these signals, see Interruption.
Interruption.block()
exit(SluiceCommand.run(Array(CommandLine.arguments.dropFirst())).rawValue)
