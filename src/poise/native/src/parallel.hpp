// Plain threads that live for one call, so that they neither clash with OpenMP nor survive a fork.
// The calling thread works too, and checks for signals between pieces of work. Where there are no
// threads (Pyodide; see CMakeLists.txt), it does all the work.
#pragma once

#ifndef POISE_THREADS
#define POISE_THREADS 1
#endif

#include <atomic>
#include <chrono>
#include <cstdint>
#include <exception>
#include <functional>
#include <utility>
#if POISE_THREADS
#include <mutex>
#include <thread>
#include <vector>
#endif

namespace poise {

// Thrown out of a call when a signal handler of Python raised.
struct Interrupted {};

// Tells all threads of a call when to stop.
class Watch {
public:
    // `has_signal` runs in the calling thread alone; it returns true when work must stop.
    explicit Watch(std::function<bool()> has_signal)
        : has_signal_(std::move(has_signal)) {}

    // Cheap enough for every leaf; throws Interrupted in every thread once work must stop.
    void look() {
        if (stopped_.load(std::memory_order_relaxed)) throw Interrupted{};
        if (!is_caller() || (++looks_ & 63) != 0) return;
        const auto now = std::chrono::steady_clock::now();
        if (now - last_ < std::chrono::milliseconds(100)) return;
        last_ = now;
        if (has_signal_()) {
            stop();
            throw Interrupted{};
        }
    }

    void stop() { stopped_.store(true, std::memory_order_relaxed); }

private:
#if POISE_THREADS
    bool is_caller() const { return std::this_thread::get_id() == caller_; }
    const std::thread::id caller_ = std::this_thread::get_id();
#else
    bool is_caller() const { return true; }
#endif

    std::function<bool()> has_signal_;
    std::atomic<bool> stopped_{false};
    std::uint32_t looks_ = 0;
    std::chrono::steady_clock::time_point last_ = std::chrono::steady_clock::now();
};

// Calls work(item) for every item, from at most `n_threads` threads, the caller among them.
// `make_worker` is called once in each thread and returns its `work`, which may own buffers. The
// first exception of any thread stops all and is thrown here.
#if POISE_THREADS
template <class MakeWorker>
void for_each(std::int64_t n_items, int n_threads, Watch& watch, MakeWorker make_worker) {
    std::atomic<std::int64_t> next{0};
    std::exception_ptr error;
    std::mutex guard;
    auto run = [&] {
        try {
            auto work = make_worker();
            for (std::int64_t item; (item = next.fetch_add(1)) < n_items;) {
                watch.look();
                work(item);
            }
        } catch (...) {
            watch.stop();
            const std::lock_guard<std::mutex> lock(guard);
            // Only the first counts: stopping makes every other thread throw Interrupted.
            if (!error) error = std::current_exception();
        }
    };
    std::vector<std::thread> others;
    const std::int64_t n_others = (n_threads < n_items ? n_threads : n_items) - 1;
    try {
        for (std::int64_t i = 0; i < n_others; ++i) others.emplace_back(run);
    } catch (const std::exception&) {
        // The system has no more threads, or no memory for them: those that run do the work.
    }
    run();
    for (auto& other : others) other.join();
    if (error) std::rethrow_exception(error);
}
#else
template <class MakeWorker>
void for_each(std::int64_t n_items, int, Watch& watch, MakeWorker make_worker) {
    auto work = make_worker();
    for (std::int64_t item = 0; item < n_items; ++item) {
        watch.look();
        work(item);
    }
}
#endif

}  // namespace poise
