import dev.gatun.io.*;
import dev.gatun.models.*;
import dev.gatun.models.text.*;
import dev.gatun.nn.*;
import dev.gatun.tensor.*;
import dev.gatun.tensor.ops.*;
