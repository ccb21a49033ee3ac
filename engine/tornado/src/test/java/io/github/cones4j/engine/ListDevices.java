package io.github.cones4j.engine;

import io.github.cones4j.engine.exec.Devices;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/** Prints what devices a JVM finds, one a line. */
final class ListDevices {
    private ListDevices() {}

    /** Prints them. */
    public static void main(String[] args) {
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        Devices.find().all().forEach(device -> out.println(device.id() + " " + device.obstacle()));
    }
}
