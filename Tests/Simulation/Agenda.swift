/// What is going to happen, in order of virtual time; equal times keep the order of planning.
// SPDX-License-Identifier: Apache-2.0

struct Agenda<Event> {
  private struct Entry {
    let time: Int64
    let order: Int
    let event: Event
    func isBefore(_ other: Entry) -> Bool { (time, order) < (other.time, other.order) }
  }

  private var heap: [Entry] = []
  private var planned = 0

  mutating func plan(_ event: Event, at time: Int64) {
    heap.append(Entry(time: time, order: planned, event: event))
    planned += 1
    var child = heap.count - 1
    while child > 0, heap[child].isBefore(heap[(child - 1) / 2]) {
      heap.swapAt(child, (child - 1) / 2)
      child = (child - 1) / 2
    }
  }

  mutating func next() -> (time: Int64, event: Event)? {
    guard let first = heap.first else { return nil }
    let last = heap.removeLast()
    if heap.isEmpty { return (first.time, first.event) }
    heap[0] = last
    var parent = 0
    while true {
      var smallest = parent
      for child in [2 * parent + 1, 2 * parent + 2]
      where child < heap.count && heap[child].isBefore(heap[smallest]) {
        smallest = child
      }
      if smallest == parent { return (first.time, first.event) }
      heap.swapAt(parent, smallest)
      parent = smallest
    }
  }
}
