#include "bind/loop_mailbox.h"

#include <new>
#include <unordered_map>

#include "bind/awaiting.h"
#include "bind/gil.h"

namespace py = pybind11;

namespace isolates::bind {
namespace {

/// By the loop's address; guarded by the GIL.
std::unordered_map<PyObject*, std::shared_ptr<LoopMailbox>>& registry() {
  static auto* it = new std::unordered_map<PyObject*, std::shared_ptr<LoopMailbox>>();
  return *it;
}

/// What a loop calls: with a descriptor the one object that the loop keeps, else one for each wake-up, which
/// the loop keeps until it has called it. If it goes otherwise, the loop was closed.
struct Reader {
  PyObject_HEAD;
  std::shared_ptr<LoopMailbox> mailbox;
  bool closes;
  bool once;
};
PyTypeObject* reader_type = nullptr;

PyObject* call_reader(PyObject* self, PyObject*, PyObject*) {
  auto* reader = reinterpret_cast<Reader*>(self);
  auto mailbox = reader->mailbox;  // the loop may drop us meanwhile
  if (reader->once) reader->closes = false;
  if (!mailbox->take_out()) return nullptr;
  Py_RETURN_NONE;
}

int traverse_reader(PyObject* self, visitproc visit, void* arg) {
  Py_VISIT(Py_TYPE(self));
  auto* reader = reinterpret_cast<Reader*>(self);
  return reader->closes ? reader->mailbox->traverse(visit, arg) : 0;
}

int clear_reader(PyObject* self) {
  auto* reader = reinterpret_cast<Reader*>(self);
  if (reader->closes) reader->mailbox->close();
  return 0;
}

void free_reader(PyObject* self) {
  PyObject_GC_UnTrack(self);
  auto* reader = reinterpret_cast<Reader*>(self);
  if (reader->closes) reader->mailbox->close();
  reader->mailbox.~shared_ptr();
  PyTypeObject* type = Py_TYPE(self);
  type->tp_free(self);
  Py_DECREF(type);
}

py::object make_reader(std::shared_ptr<LoopMailbox> mailbox, bool once) {
  PyObject* self = reader_type->tp_alloc(reader_type, 0);
  if (!self) throw py::error_already_set();
  auto* reader = reinterpret_cast<Reader*>(self);
  new (&reader->mailbox) std::shared_ptr<LoopMailbox>(std::move(mailbox));
  reader->closes = true;
  reader->once = once;
  return py::reinterpret_steal<py::object>(self);
}

}  // namespace

std::shared_ptr<LoopMailbox> LoopMailbox::of(PyObject* loop) {
  auto found = registry().find(loop);
  if (found != registry().end() && found->second->is_for(loop)) return found->second;
  try {
    auto mailbox = make(loop);
    registry()[loop] = mailbox;
    return mailbox;
  } catch (py::error_already_set& error) {
    error.restore();
    return nullptr;
  }
}

/// False for one that was left by another loop at the same address.
bool LoopMailbox::is_for(PyObject* loop) const {
  auto now = py::reinterpret_steal<py::object>(PyObject_CallNoArgs(weak_loop_));
  return now.ptr() == loop;
}

std::shared_ptr<LoopMailbox> LoopMailbox::make(PyObject* loop) {
  for (auto it = registry().begin(); it != registry().end();) {
    it = it->second->is_for(it->first) ? std::next(it) : registry().erase(it);
  }
  auto mailbox = std::make_shared<LoopMailbox>();
  mailbox->weak_loop_ = PyWeakref_NewRef(loop, nullptr);
  if (!mailbox->weak_loop_) throw py::error_already_set();
  auto descriptor = std::make_unique<lib::WakeDescriptor>();
  if (descriptor->descriptor() < 0) return mailbox;
  auto reader = make_reader(mailbox, false);
  try {
    py::handle(loop).attr("add_reader")(descriptor->descriptor(), reader);
    mailbox->descriptor_ = std::move(descriptor);
  } catch (py::error_already_set& error) {
    if (!error.matches(PyExc_Exception)) throw;
    reinterpret_cast<Reader*>(reader.ptr())->closes = false;  // NotImplementedError: a loop without it
  }
  return mailbox;
}

LoopMailbox::~LoopMailbox() { DropWithGil{}(weak_loop_); }

void LoopMailbox::put(PyObject* awaiting) {
  bool sleeps;
  {
    std::lock_guard<std::mutex> guard(mutex_);
    if (!closed_) {
      ended_.push_back(awaiting);
      awaiting = nullptr;
    }
    sleeps = !closed_ && !awake_;
    if (sleeps) awake_ = true;
  }
  // Without the mutex. 1. We put in and see that it sleeps; 2. the loop, awake for another reason, takes all
  // out and rests; 3. we wake it, and it finds nothing. The other way round nothing is lost: whoever puts in
  // while `awake_` holds comes before the loop's next look.
  if (sleeps) wake();
  if (awaiting) DropWithGil{}(awaiting);
}

void LoopMailbox::wake() {
  if (descriptor_) {
    descriptor_->signal();
  } else if (is_python_alive()) {
    AcquireGil gil;
    wake_by_call();
  }
}

void LoopMailbox::wake_by_call() {
  auto loop = py::reinterpret_steal<py::object>(PyObject_CallNoArgs(weak_loop_));
  try {
    if (!loop.is_none()) loop.attr("call_soon_threadsafe")(make_reader(shared_from_this(), true));
  } catch (py::error_already_set& error) {  // RuntimeError: it is closed
    if (!error.matches(PyExc_RuntimeError)) error.discard_as_unraisable("isolates: waking an event loop");
    close();
  }
}

PyObject* LoopMailbox::next() {
  std::lock_guard<std::mutex> guard(mutex_);
  if (ended_.empty()) return nullptr;
  PyObject* first = ended_.front();
  ended_.pop_front();
  return first;
}

/// The loop has come to the end of what it wanted to take out: it sleeps, or comes again for the rest.
void LoopMailbox::rest() {
  {
    std::lock_guard<std::mutex> guard(mutex_);
    if (ended_.empty()) {
      awake_ = false;
      if (descriptor_) descriptor_->reset();
      return;
    }
  }
  if (!descriptor_) wake_by_call();  // a descriptor is readable still
}

bool LoopMailbox::take_out() {
  size_t count;
  {
    std::lock_guard<std::mutex> guard(mutex_);
    count = ended_.size();  // not those that come meanwhile: the loop has other things to do
  }
  bool good = true;
  // One at a time: what is told may run this loop again (nest_asyncio), which then takes the others.
  while (good && count-- > 0) {
    PyObject* awaiting = next();
    if (!awaiting) break;
    good = tell(awaiting);
    Py_DECREF(awaiting);
  }
  if (good) {
    rest();
  } else {
    py::error_scope raised;
    rest();
  }
  return good;
}

int LoopMailbox::traverse(visitproc visit, void* arg) {
  std::lock_guard<std::mutex> guard(mutex_);
  for (PyObject* awaiting : ended_) Py_VISIT(awaiting);
  return 0;
}

void LoopMailbox::close() {
  std::deque<PyObject*> dropped;
  {
    std::lock_guard<std::mutex> guard(mutex_);
    closed_ = true;
    dropped.swap(ended_);
  }
  auto self = shared_from_this();
  for (auto it = registry().begin(); it != registry().end(); ++it) {
    if (it->second != self) continue;
    registry().erase(it);
    break;
  }
  for (PyObject* awaiting : dropped) Py_DECREF(awaiting);
}

void bind_loop_mailbox() {
  static PyType_Slot slots[] = {{Py_tp_call, reinterpret_cast<void*>(call_reader)},
                                {Py_tp_dealloc, reinterpret_cast<void*>(free_reader)},
                                {Py_tp_traverse, reinterpret_cast<void*>(traverse_reader)},
                                {Py_tp_clear, reinterpret_cast<void*>(clear_reader)},
                                {0, nullptr}};
  static PyType_Spec spec{"isolates._native._LoopReader", sizeof(Reader), 0,
                          Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_DISALLOW_INSTANTIATION, slots};
  reader_type = reinterpret_cast<PyTypeObject*>(PyType_FromSpec(&spec));
  if (!reader_type) throw py::error_already_set();
}

}  // namespace isolates::bind
