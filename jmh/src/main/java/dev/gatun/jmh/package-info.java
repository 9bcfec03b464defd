/// What every kernel costs, beside what this machine could do at best. Start at [dev.gatun.jmh.Benchmarks].
package dev.gatun.jmh;
