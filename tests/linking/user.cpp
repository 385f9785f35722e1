// A program that has actors only by way of a library that it is linked with.
extern "C" void plugin_use();

int main() { plugin_use(); }
