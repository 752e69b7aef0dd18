// sdk.hpp: the pleasant way to write a plugin. Derive from Processor, Source or Sink, describe it
// in a constexpr Descriptor, and close the file with AORTA_PLUGIN(Class, kDescriptor).
//
// Everything handed to a method is borrowed for the call. Exceptions are caught at the border and
// become fail(internal) for the record, so throw only when something is broken.
#pragma once

#include <aorta/abi.h>
#include <aorta/descriptor.hpp>
#include <aorta/glue.hpp>
#include <aorta/host.hpp>
#include <aorta/options.hpp>
#include <aorta/processor.hpp>
#include <aorta/record.hpp>
#include <aorta/result.hpp>
#include <aorta/sink.hpp>
#include <aorta/source.hpp>
#include <aorta/state.hpp>
#include <aorta/table.hpp>
#include <aorta/text.hpp>
