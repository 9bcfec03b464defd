///usr/bin/env jbang "$0" "$@" ; exit $?
//JAVA 25+
//DEPS dev.gatun:gatun-models:0.1.0-SNAPSHOT
//DEPS info.picocli:picocli:4.7.7
//COMPILE_OPTIONS --add-modules jdk.incubator.vector -Xlint:-incubating
//RUNTIME_OPTIONS --add-modules jdk.incubator.vector --enable-native-access=ALL-UNNAMED

/// What this machine offers, what is missing, and the exact flag that mends it.

import module java.base;
import module java.management;
import jdk.incubator.vector.FloatVector;

void main(String[] args) {
    IO.println("hi " + FloatVector.SPECIES_PREFERRED);
}
