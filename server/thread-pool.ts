// Looking up host names takes a thread of libuv each, and libuv lends them only half of its four: two names whose DNS
// hangs would keep all other endpoints from being looked up. Read once, before the first use, so it comes before all
// other imports.
process.env.UV_THREADPOOL_SIZE ??= '64'
