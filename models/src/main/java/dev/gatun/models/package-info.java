/// Models, one file per paper, and generation.
package dev.gatun.models;
