// How jemalloc treats what is free (jemalloc(3), TUNING). MALLOC_CONF in the environment adds to it.
extern "C" {

// After a rush of calls most of it goes back to the system within seconds, by a thread of its own.
extern const char* malloc_conf;
const char* malloc_conf = "background_thread:true,dirty_decay_ms:2000,muzzy_decay_ms:0";

}  // extern "C"
