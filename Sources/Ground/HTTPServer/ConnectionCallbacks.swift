/// What libevent calls on a connection, by the address that it was given.
// SPDX-License-Identifier: Apache-2.0
import CLibevent

private func connection(_ context: UnsafeMutableRawPointer?) -> Connection? {
  context.map { Unmanaged<Connection>.fromOpaque($0).takeUnretainedValue() }
}
func readable(_: OpaquePointer?, _ context: UnsafeMutableRawPointer?) {
  connection(context)?.read()
}
func written(_: OpaquePointer?, _ context: UnsafeMutableRawPointer?) {
  connection(context)?.drained()
}
func happened(_: OpaquePointer?, _ what: Int16, _ context: UnsafeMutableRawPointer?) {
  connection(context)?.noticed(Int32(what))
}
func deadlinePassed(_: Int32, _: Int16, _ context: UnsafeMutableRawPointer?) {
  connection(context)?.timeUp()
}
func lingerReadable(_: Int32, _: Int16, _ context: UnsafeMutableRawPointer?) {
  connection(context)?.swallow()
}
