// 4K video through three actors, and no frame is copied: a camera fills frames, a meter looks at them and sends them
// on, a screen shows them. Each of the 33 MB is written once, and read where it was written.
#include <pactor/pactor.hpp>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <span>

constexpr std::size_t kWidth = 3840;
constexpr std::size_t kHeight = 2160;

struct Pixel {
  std::uint8_t blue, green, red, unused;
};

class Screen {
 public:
  // `frame` is let go of when this returns; then the camera may fill its memory anew.
  void show(int number, int brightness, const pactor::Blob& frame) {
    const Pixel& middle = frame.as<Pixel>()[kHeight / 2 * kWidth + kWidth / 2];
    std::printf("frame %d: %zu bytes, brightness %d, in the middle %d\n", number, frame.size(),
                brightness, middle.green);
  }
};
PACTOR_ACTOR(Screen, show);

class Meter {
 public:
  explicit Meter(const pactor::Proxy<Screen>& screen) : screen_(screen) {}

  void measure(int number, const pactor::Blob& frame) {
    std::uint64_t sum = 0;
    for (const Pixel& pixel : frame.as<Pixel>()) sum += pixel.green;
    screen_->show(number, static_cast<int>(sum / (kWidth * kHeight)), frame);
  }

 private:
  pactor::Proxy<Screen> screen_;
};
PACTOR_ACTOR(Meter, measure);

class Camera {
 public:
  explicit Camera(const pactor::Proxy<Meter>& meter) : meter_(meter) {}

  void film(int frames) {
    for (int number = 1; number <= frames; ++number) {
      // The memory of a frame that has been shown, or other memory while the others still look at it.
      const std::span<Pixel> pixels = frame_.writable_as<Pixel>();
      std::ranges::fill(pixels, Pixel{0, static_cast<std::uint8_t>(10 * number), 0, 0});
      meter_->measure(number, frame_);
    }
  }

 private:
  pactor::Proxy<Meter> meter_;
  pactor::Blob frame_{kWidth * kHeight * sizeof(Pixel)};
};
PACTOR_ACTOR(Camera, film);

int main() {
  pactor::Actor<Screen> screen;
  pactor::Actor<Meter> meter{screen.proxy()};
  pactor::Actor<Camera> camera{meter.proxy()};
  camera->film(12);
}
