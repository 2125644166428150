/* SPDX-License-Identifier: MIT */
/* The watch over a connection that breaks, beside libvirt's test driver: no daemon is needed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <libvirt/virterror.h>
#include <stdlib.h>

#include "exit_codes.h"
#include "watch.h"

enum { LOOK_MS = 20 };

struct scene {
    struct libvirt_options options;
    struct libvirt_link link;
    struct signals signals;
    struct watch watch;
    virConnectPtr first; /* a reference of ours to the connection that is to break */
    int breaks;          /* still to come */
};

/* Breaks the connection in use, and again when there is another one; then ends the watch. */
static void on_look(int timer, void *opaque)
{
    struct scene *scene = opaque;

    if (!libvirt_link_is_up(&scene->link) || scene->watch.generation != scene->link.generation)
        return; /* not back yet */
    if (scene->breaks-- > 0) {
        libvirt_link_broke(&scene->link, scene->link.generation);
        return;
    }
    virEventRemoveTimeout(timer);
    raise(SIGTERM);
}

static void test_reconnect(void **state)
{
    struct scene scene = {.options = {.all = true}, .signals = SIGNALS_INIT, .breaks = 2};
    unsigned generation;
    char why[512];

    (void)state;
    scene.watch = (struct watch){
        .setting = {.program = "test", .options = &scene.options, .link = &scene.link},
        .link = &scene.link,
        .signals = &scene.signals,
    };
    assert_true(signals_catch(&scene.signals));
    libvirt_link_init(&scene.link, "test:///default");
    assert_int_equal(libvirt_link_open(&scene.link, why, sizeof why), EXIT_OK);
    scene.first = libvirt_link_borrow(&scene.link, 0, &generation);
    assert_true(virEventAddTimeout(LOOK_MS, on_look, &scene, NULL) >= 0);

    assert_int_equal(watch_run(&scene.watch), EXIT_OK);
    assert_int_equal(scene.link.generation, generation + 2);
    virConnectPtr last = libvirt_link_borrow(&scene.link, 0, &generation);
    libvirt_link_free(&scene.link);
    signals_let_go(&scene.signals);
    /* What is left of them is ours: no callback holds them any more. */
    assert_int_equal(virConnectClose(scene.first), 0);
    assert_int_equal(virConnectClose(last), 0);
}

static void say_nothing(void *opaque, virErrorPtr error)
{
    (void)opaque;
    (void)error;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reconnect),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    virSetErrorFunc(NULL, say_nothing);
    if (virInitialize() < 0 || virEventRegisterDefaultImpl() < 0)
        return EXIT_FAILURE;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
