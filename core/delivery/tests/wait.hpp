// Waiting for what other threads bring about.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <thread>

namespace aorta::delivery::test {

/// Until the claim holds; a failure when it does not in time.
template <class Claim>
void wait(const Claim& claim) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds{20};
    while (!claim() && std::chrono::steady_clock::now() < deadline) {
        std::this_thread::yield();
    }
    ASSERT_TRUE(claim());
}

}  // namespace aorta::delivery::test
