import Glibc
import System

// Before anything is opened, which would take the place of what is closed.
Terminal.open()
// Before any thread starts, so that all have it: one thread waits for these signals, see Interruption.
Interruption.block()
exit(SluiceCommand.run(Array(CommandLine.arguments.dropFirst())).rawValue)
