using Dff.Storage.Operations;
using Dff.Storage.Records;
using Microsoft.Extensions.Logging;

namespace Dff.Web.Operations;

/// <summary>Writes operation records behind the answers.</summary>
public sealed class OperationWriter(OperationRecordRepository records, TimeProvider time, ILogger<OperationWriter> logger) : RecordWriter<OperationRecordRow>("operation records", time, logger)
{
    protected override Task WriteAsync(IReadOnlyList<OperationRecordRow> batch, CancellationToken cancellationToken) => records.AddAsync(batch, cancellationToken);

    protected override string NameOf(OperationRecordRow record) => $"{record.TraceId} {record.ReqRoute}";
}
