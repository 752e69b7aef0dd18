#include "common/zmq/zap.hpp"

#include <zmq.h>

namespace aorta::zmq {
namespace {

TEST(ZmqAllowList, KnowsWhoseAKeyIs) {
    AllowList list;
    list.set({{"edge", {"a", "b"}}, {"lab", {"c"}}});
    EXPECT_EQ(list.worker_of("b"), "edge");
    EXPECT_EQ(list.worker_of("d"), std::nullopt);
    list.set({{"edge", {"b"}}});
    EXPECT_EQ(list.worker_of("a"), std::nullopt);
}

TEST(ZmqWaker, WakesAlsoWithoutASocket) {
    const Waker waker;
    waker.wake();
    waker.wait(Socket{}, -1);
}

TEST(ZmqSocket, SaysWhichAddressWillNotDo) {
    SocketContext context;
    Socket socket{context, Socket::Kind::Router};
    EXPECT_EQ(socket.bind("tcp://nonsense").error().code, ErrorCode::InvalidConfig);
    ASSERT_TRUE(socket.bind("tcp://127.0.0.1:*").ok());
    Socket second{context, Socket::Kind::Router};
    EXPECT_EQ(second.bind(socket.bound_to()).error().code, ErrorCode::Unavailable);
}

}  // namespace
}  // namespace aorta::zmq
